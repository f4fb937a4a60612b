//! How each service is started, in a folder of its own and on loopback ports of its own.

use std::path::Path;

/// A service.
pub(super) struct Daemon {
    /// Debian's package.
    pub(super) package: &'static str,
    /// Path of its program in the package.
    pub(super) exe: &'static str,
    /// Arguments; in them, {} is the folder, {a} and {b} are the ports.
    pub(super) args: &'static [&'static str],
    /// A file in the folder that it needs, by name and text.
    pub(super) file: Option<(&'static str, &'static str)>,
    /// What asks it for something.
    pub(super) load: Ask,
}

/// A request that is made again and again.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    /// Path that is read over HTTP from the first port.
    Http(&'static str),
    /// Program of the package and its arguments; it serves as the sign that the service is there, too.
    Tool(&'static str, &'static [&'static str]),
}

/// The services.
pub(super) const TABLE: &[Daemon] = &[
    Daemon {
        package: "prometheus",
        exe: "usr/bin/prometheus",
        args: &[
            "--config.file={}/prometheus.yml",
            "--storage.tsdb.path={}/data",
            "--web.listen-address=127.0.0.1:{a}",
        ],
        file: Some((
            "prometheus.yml",
            "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: self\n  static_configs:\n  - targets: ['127.0.0.1:{a}']\n",
        )),
        load: Ask::Http("/metrics"),
    },
    Daemon {
        package: "etcd-server",
        exe: "usr/bin/etcd",
        args: &[
            "--data-dir={}/data",
            "--listen-client-urls=http://127.0.0.1:{a}",
            "--advertise-client-urls=http://127.0.0.1:{a}",
            "--listen-peer-urls=http://127.0.0.1:{b}",
            "--initial-advertise-peer-urls=http://127.0.0.1:{b}",
            "--initial-cluster=default=http://127.0.0.1:{b}",
        ],
        file: None,
        load: Ask::Http("/health"),
    },
    Daemon {
        package: "caddy",
        exe: "usr/bin/caddy",
        args: &["run", "--config", "{}/caddy.json"],
        file: Some((
            "caddy.json",
            r#"{"admin": {"listen": "127.0.0.1:{b}"}, "apps": {"http": {"servers": {"one": {"listen": ["127.0.0.1:{a}"],
            "routes": [{"handle": [{"handler": "static_response", "body": "hello"}]}]}}}}}"#,
        )),
        load: Ask::Http("/"),
    },
    Daemon {
        package: "nats-server",
        exe: "usr/sbin/nats-server",
        args: &["-a", "127.0.0.1", "-p", "{b}", "-m", "{a}"],
        file: None,
        load: Ask::Http("/varz"),
    },
    Daemon {
        package: "syncthing",
        exe: "usr/bin/syncthing",
        args: &[
            "serve",
            "--home={}",
            "--gui-address=127.0.0.1:{a}",
            "--no-browser",
            "--no-restart",
            "--no-default-folder",
        ],
        // It is to ask nobody outside this machine for anything.
        file: Some((
            "config.xml",
            "<configuration version=\"36\"><options>\
             <listenAddress>tcp://127.0.0.1:{b}</listenAddress>\
             <globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled>\
             <relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted>\
             <autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled>\
             </options></configuration>\n",
        )),
        load: Ask::Http("/"),
    },
    Daemon {
        package: "containerd",
        exe: "usr/bin/containerd",
        args: &["--config={}/containerd.toml"],
        file: Some((
            "containerd.toml",
            "version = 2\nroot = \"{}/root\"\nstate = \"{}/state\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
             [grpc]\naddress = \"{}/containerd.sock\"\n[ttrpc]\naddress = \"{}/containerd.sock.ttrpc\"\n",
        )),
        load: Ask::Tool("usr/bin/ctr", &["--address={}/containerd.sock", "version"]),
    },
];

/// Puts a folder and ports into a text.
pub(super) fn filled(text: &str, folder: &Path, ports: [u16; 2]) -> String {
    let text = text.replace("{}", &folder.display().to_string());
    let text = text.replace("{a}", &ports[0].to_string());
    text.replace("{b}", &ports[1].to_string())
}
