# One image for all services; each Deployment says by its command which one runs.
# A tag names another image after each release of Node.js. Name the base by its digest, as k8s/buildImage.ts does:
# --build-arg NODE_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:…
# (docker buildx imagetools inspect docker.io/library/node:24-bookworm-slim tells the newest)
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# Only what npm looks at, so that a change of code does not install the dependencies anew.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find packages services -type f ! -name package.json -delete

# The dependencies of the services alone. The root has none that they need: its `node` is the base image's.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app .
RUN npm ci --omit=dev --workspace=services --include-workspace-root=false && npm cache clean --force

# The bundler, and what the console's pages are made of, as package-lock.json has them.
FROM ${NODE_IMAGE} AS bundler
WORKDIR /app
COPY --from=manifests /app .
RUN npm ci --workspace=packages/kafka --workspace=services/console --include-workspace-root=false --ignore-scripts && npm cache clean --force

# Of the Kafka client what is used, as one file.
FROM dependencies AS kafka-client
COPY --from=bundler /app/node_modules/esbuild node_modules/esbuild
COPY --from=bundler /app/node_modules/@esbuild node_modules/@esbuild
COPY packages/kafka/platformatic.ts packages/kafka/bundleClient.ts packages/kafka/
RUN node packages/kafka/bundleClient.ts packages/kafka/platformatic.ts

# The pages of the console.
FROM bundler AS console-pages
COPY services/console services/console
RUN node services/console/pages/buildPages.ts

FROM ${NODE_IMAGE}
WORKDIR /app
# HOST: a container is reached from outside; elsewhere the services listen on this machine alone.
ENV NODE_ENV=production HOST=0.0.0.0 NODE_COMPILE_CACHE=/app/.cache
# With them those that a package has for itself, below its folder: another version of the name is at the top.
COPY --from=dependencies /app .
COPY packages packages
COPY --from=kafka-client /app/packages/kafka/platformatic.ts packages/kafka/
COPY systems systems
COPY services services
COPY --from=console-pages /app/services/console/pages/built services/console/pages/built
RUN install -d -o 1000 -g 1000 .cache
USER 1000:1000
# Node strips the types when it loads a file. Done once here, by the user whose cache it is.
RUN for service in services/*/main.ts; do node "$service" --help > /dev/null || exit 1; done
# Overridden by every Deployment.
CMD ["node", "services/messages/main.ts"]
