#!/bin/sh
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Renews the pins: resolves each .in file beside this script to the newest versions that fit, for
# CPython 3.10 to 3.14 at once, and writes them with their hashes to the .txt file of the same name.
#
#     underlay/requirements/renew.sh

set -eu
cd "$(dirname "$0")"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

for name in build colcon jazzy kilted test; do
    # The constraints keep what two files name at one version; a file cannot constrain itself.
    case $name in
        build) options='' ;;
        colcon) options='--constraints build.txt' ;;
        # numpy is that of ROS 2, whose messages are compiled for it.
        test) options='--constraints colcon.txt --no-emit-package numpy' ;;
        *) options='--constraints build.txt --constraints colcon.txt' ;;
    esac
    # shellcheck disable=SC2086 (several words, or none)
    "$tools/bin/uv" pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.10 \
        --custom-compile-command underlay/requirements/renew.sh \
        $options "$name.in" --output-file "$name.txt"
    echo "$name.txt: $(grep -c '^[a-z].*==' "$name.txt") packages"
done
