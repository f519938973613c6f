# acme in a container, used as acme.sh's image is:
#
#   docker build -t acme .
#   docker run --rm -v ~/acme:/acme.sh --net=host acme --issue -d example.com --standalone
#   docker run -d --name=acme.sh -v ~/acme:/acme.sh --net=host acme daemon
#   docker exec acme.sh --list
#
# The image holds the program and the root certificates, nothing else: no shell. Where --reloadcmd and
# hooks need one: docker build --build-arg BASE=debian:bookworm-slim -t acme .
ARG BASE=scratch

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates make
COPY . /src
WORKDIR /src
RUN sh tests/need.sh build && make && sh tests/image.sh build/release/acme /image

FROM ${BASE}
COPY --from=build /image/ /
ENV LE_WORKING_DIR=/acme.sh LE_CONFIG_HOME=/acme.sh HOME=/acme.sh \
    PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin
VOLUME /acme.sh
WORKDIR /acme.sh
HEALTHCHECK --interval=1h --timeout=1m CMD ["/acme", "--health"]
ENTRYPOINT ["/acme"]
CMD ["--help"]
