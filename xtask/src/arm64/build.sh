# Run in a mount namespace of its own, with the variables SID, SOURCES, VENDOR and OUT: builds gopeek for arm64 in the
# Debian at SID, whose mounts end with the namespace.
set -eu
target=aarch64-unknown-linux-gnu

mkdir -p "$SID/sources" "$SID/vendor" "$SID/out"
mount -o bind,ro "$SOURCES" "$SID/sources"
mount -o bind,ro "$VENDOR" "$SID/vendor"
mount --bind "$OUT" "$SID/out"
mount -t proc proc "$SID/proc"

exec chroot "$SID" env -i -C /sources PATH=/usr/bin:/bin HOME=/root CARGO_TARGET_DIR=/out \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS='-C target-feature=+crt-static' \
    cargo --config 'source.crates-io.replace-with="vendored"' --config 'source.vendored.directory="/vendor"' \
    build --offline --locked --release --package gopeek-ui --target "$target"
