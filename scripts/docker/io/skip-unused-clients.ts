import { registerHooks } from 'node:module'

// dockerode loads these to reach engines over SSH and to build over gRPC. The toolkit does both in other ways, and a
// target starts in half the time without them.
const UNUSED = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs']
registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.includes(specifier) && /\/docker(ode|-modem)\//.test(context.parentURL ?? '')
      ? { url: 'node:util', format: 'builtin', shortCircuit: true }
      : next(specifier, context),
})
