#!/bin/bash -eu
# For projects/mlsconform of the OSS-Fuzz repository. All is done by the script
# that is kept with the sources.

exec "$SRC/mlsconform/.clusterfuzzlite/build.sh"
