import type { Policy } from '../core/model/plan.js';
import { transforms } from '../transforms/index.js';

/** The policy of a run without flags. */
export const policy: Policy = {
  maxRisk: 'safe',
  scope: 'handlers',
  exported: 'auto',
  express4: 'wrap',
  errorRegion: 'auto',
  resourceStyle: 'auto',
  unknown: 'promisify',
  seeds: transforms.filter(({ kind }) => kind === 'seed').map(({ id }) => id),
};
