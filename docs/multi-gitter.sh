#!/bin/sh
# Run by multi-gitter in a fresh clone of each repository; what it changes becomes the commit.
set -e
npm ci
npx --yes nodelift --transform parameterize-sql --write
