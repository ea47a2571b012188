import { registerHooks } from 'node:module'

// What dockerode loads to reach engines over SSH and to build over gRPC, which the toolkit does in other ways: half of
// the time that a target takes to start.
const UNUSED = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs']
registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.includes(specifier) && /\/docker(ode|-modem)\//.test(context.parentURL ?? '')
      ? { url: 'node:util', format: 'builtin', shortCircuit: true }
      : next(specifier, context),
})
