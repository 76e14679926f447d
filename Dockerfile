# One image for all services; each Deployment says by its command which one runs.
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

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.cache
COPY --from=dependencies /app/node_modules node_modules
COPY package.json .
COPY packages packages
COPY services services
RUN install -d -o 1000 -g 1000 .cache
USER 1000:1000
# Node strips the types when it loads a file. Done once here, by the user whose cache it is.
RUN for service in services/*/main.ts; do node "$service" --help > /dev/null || exit 1; done
# Overridden by every Deployment.
CMD ["node", "services/messages/main.ts"]
