# Both programs in one small image, and nothing else in it: no shell, no root.
#
#   docker build -t mlsconform .                                   the runner
#   docker build -t interop-client --target interop-client .       the client, as a service
#
# Each image has both programs; they differ in what they start. Another stack's
# image takes the runner with COPY --from=mlsconform /mlsconform /usr/local/bin/

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The version is that of the git checkout, where there is one.
RUN git config --global --add safe.directory /src && \
    if git status >/dev/null 2>&1; then vcs=true; else vcs=false; fi && \
    mkdir /out && \
    CGO_ENABLED=0 go build -buildvcs=$vcs -trimpath -ldflags=-s -o /out/ ./cmd/mlsconform ./cmd/interop-client

FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/mlsconform /out/interop-client /
# Reports go to a folder mounted here.
WORKDIR /work
USER 65532:65532

FROM base AS interop-client
EXPOSE 50051
ENTRYPOINT ["/interop-client"]
CMD ["--host", "0.0.0.0", "--port", "50051"]

FROM base AS mlsconform
ENTRYPOINT ["/mlsconform"]
