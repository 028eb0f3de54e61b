#!/bin/bash -eu
# Builds the fuzz targets in the images of ClusterFuzzLite and of OSS-Fuzz, which
# set what the command takes from the environment.

cd "$SRC/mlsconform"
go run ./fuzz/libfuzzer build -out "$OUT"
