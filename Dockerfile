# One image; web, media, worker are its commands: `docker run weiwang intranet web`.
FROM node:24-bookworm-slim AS browser
WORKDIR /house
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 INTRANET_DATA_DIR=/data INTRANET_MEDIA_DIR=/media
RUN useradd --system --create-home --uid 10001 weiwang && install -d -o weiwang /data /media
WORKDIR /house
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --require-hashes -r requirements.lock
COPY --from=browser /house/node_modules node_modules
COPY . .
RUN pip install --no-deps --no-build-isolation -e . \
 && intranet messages && intranet assets build && rm -rf node_modules
USER weiwang
VOLUME ["/data", "/media"]
EXPOSE 8000
CMD ["intranet", "web", "--bind", "0.0.0.0"]
