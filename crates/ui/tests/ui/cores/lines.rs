//! NDJSON over saved cores: line by line what JSON says.

use super::folder::Folder;
use super::momentary;
use serde_json::{Map, Value, json};

/// The members of JSON's whose elements have lines of their own, and the type of those.
const LISTS: [(&str, &str); 6] = [
    ("findings", "finding"),
    ("groups", "group"),
    ("objects", "object"),
    ("goroutines", "goroutine"),
    ("threads", "thread"),
    ("problems", "problem"),
];

/// What NDJSON says of a folder's cores that JSON does not, or the other way round.
pub(super) fn compare(folder: &Folder) -> Vec<String> {
    let cores = folder.cores.iter();
    let complaints = cores.filter_map(|core| {
        let why = compare_one(folder, core).err()?;
        Some(format!("{}/{core}: {why}", folder.name()))
    });
    complaints.collect()
}

fn compare_one(folder: &Folder, core: &str) -> Result<(), String> {
    let said = |format: &str| {
        let said = folder.gopeek(&[format!("--format={format}")], core)?;
        let said = String::from_utf8(said).map_err(|error| error.to_string())?;
        Ok::<_, String>(momentary::without(&said))
    };
    let parse = |text: &str| serde_json::from_str::<Map<String, Value>>(text);
    let whole = parse(&said("json")?).map_err(|error| error.to_string())?;
    let lines = said("ndjson")?;
    let lines: Result<Vec<_>, _> = lines.lines().map(parse).collect();
    let (mut again, mut count) = (Map::new(), 0);
    for mut line in lines.map_err(|error| error.to_string())? {
        let kind = line.remove("type").ok_or("a line without a type")?;
        let list = LISTS.iter().find(|(_, name)| kind == *name);
        if let Some((list, _)) = list {
            let list = again.entry(*list).or_insert(json!([]));
            list.as_array_mut().ok_or("no list")?.push(line.into());
            count += 1;
        } else if kind == "process" {
            again.extend(line);
        } else {
            let kind = kind.as_str().ok_or("a type that is no text")?;
            again.insert(kind.to_owned(), line.into());
        }
    }
    for (list, _) in LISTS {
        if whole.contains_key(list) {
            again.entry(list).or_insert(json!([]));
        }
    }
    if count == 0 {
        return Err("no lines but the first".to_owned());
    }
    (again == whole).then_some(()).ok_or_else(|| {
        let differ = whole
            .iter()
            .filter(|(name, it)| again.get(*name) != Some(it));
        let differ: Vec<_> = differ.map(|(name, _)| name.as_str()).collect();
        format!("{} differ", differ.join(", "))
    })
}
