# The same image around a program that is built already, without a network: see `make image`.
# The last lines are those of the Dockerfile, and a test compares them.

FROM scratch
COPY headwater /headwater
# Where a volume may be mounted; nothing else can be written to.
COPY --chown=65532:65532 data /data
USER 65532:65532
WORKDIR /data
EXPOSE 5000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/headwater"]
CMD ["server", "--host", "0.0.0.0"]
