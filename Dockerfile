# Guichet's processes in one image: `docker run guichet run inquiries`.
# It needs no writable place but /tmp, and runs as a user who owns nothing. What it holds: .dockerignore.
FROM python:3.11-slim-bookworm AS build
# pip works on the environment from outside, so that it stays behind with this stage.
RUN python -m venv --without-pip /opt/venv \
 && printf '#!/bin/sh\nexec /opt/venv/bin/python -P -m infra.cli.main "$@"\n' >/opt/venv/bin/guichet \
 && chmod +x /opt/venv/bin/guichet
COPY requirements/run.txt /tmp/
RUN pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/run.txt
COPY . /opt/guichet
# Nobody writes there later, so the bytecode is made now.
RUN python -m compileall -q /opt/guichet

FROM python:3.11-slim-bookworm
COPY --from=build /opt /opt
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/guichet PYTHONDONTWRITEBYTECODE=1 \
    GUICHET_HOME=/tmp/guichet GUICHET_HTTP_HOST=0.0.0.0 GUICHET_HTTP_PORT=8080
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
ENTRYPOINT ["guichet"]
CMD ["--help"]
