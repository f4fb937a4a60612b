# Run inside a new Debian sid: adds what cross-builds Rust for arm64, and an arm64 kernel as /vmlinuz-arm64.
set -eu
export DEBIAN_FRONTEND=noninteractive

# The mirror may be a snapshot of an earlier day: its packages fit each other, which is all that is asked here.
echo 'Acquire::Check-Valid-Until "false";' > /etc/apt/apt.conf.d/99snapshot
# A system that is thrown away when its making fails need not survive a power cut on the way.
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/unsafe-io

dpkg --add-architecture arm64
apt-get --quiet update
apt-get --quiet --yes --no-install-recommends install \
    rustc cargo libc6-dev libstd-rust-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross

# The kernel comes in several packages, whose names hold its version. Unpacked and not installed: it is not for here.
mkdir /kernel && cd /kernel
packages=$(apt-get install --simulate --no-install-recommends linux-image-cloud-arm64:arm64 |
    sed -n 's/^Inst \(linux-[^ ]*:arm64\) .*/\1/p')
apt-get --quiet -o APT::Sandbox::User=root download $packages
for package in *.deb; do
    dpkg-deb --extract "$package" .
done
kernel=$(find . -type f -name 'vmlinuz*')
[ -n "$kernel" ] || { echo "no kernel in $packages" >&2; exit 1; }
mv "$kernel" /vmlinuz-arm64
cd / && rm -rf /kernel && apt-get clean
