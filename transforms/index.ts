import type { Transform } from '../core/typescript/transform.js';
import { asyncLibrary } from './async-library.js';
import { asyncSignature } from './async-signature.js';
import { asyncTwin } from './async-twin.js';
import { awaitCaller } from './await-caller.js';
import { callbackCall } from './callback-call.js';
import { callbackShim } from './callback-shim.js';
import { coroutine } from './coroutine.js';
import { disposableResource } from './disposable-resource.js';
import { importSpecifier } from './import-specifier.js';
import { pooledConnection } from './pooled-connection.js';
import { pooledQuery } from './pooled-query.js';
import { promiseChain } from './promise-chain.js';
import { promiseConstructor } from './promise-constructor.js';
import { syncCall } from './sync-call.js';

/** Every transform, seeds first. */
export const transforms: readonly Transform[] = [
  promiseChain,
  promiseConstructor,
  callbackCall,
  asyncLibrary,
  coroutine,
  pooledQuery,
  pooledConnection,
  disposableResource,
  syncCall,
  asyncSignature,
  callbackShim,
  asyncTwin,
  awaitCaller,
  importSpecifier,
];
