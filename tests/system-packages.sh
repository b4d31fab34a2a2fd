#!/bin/sh
# Bring the browser, its fonts and GStreamer's RTSP server from Debian's packages.
# "required": fail when they cannot be had. "optional": say what will not be tested.
set -eu
packages="chromium fonts-noto-cjk hledger poppler-utils zbar-tools gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav gir1.2-gst-plugins-base-1.0"
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing:$missing"
  for try in 1 2 3; do
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
      exit 0
    fi
    sleep $((try * 5))
  done
fi
echo "not installed:$missing"
[ "${1:-optional}" = optional ] || { echo "these are required here"; exit 1; }
echo "the tests that need them are skipped, and say so at the end"
