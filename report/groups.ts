import { isWithin, maxRisk, type Risk } from '../core/model/hazard.js';
import type { Group } from '../core/model/plan.js';
import type { Report } from '../core/model/report.js';

/** Tells the lowest `--max-risk` at which a group is applied; `blocked` for one that never is. */
export type NeededRisk = (group: string) => Risk;

/**
 * The level each group needs: its own risk and that of everything it requires. A support group comes with the first
 * group that requires it, a cleanup with the last group that it requires.
 */
export function neededRisks(groups: readonly Group[]): NeededRisk {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const needed = new Map<string, Risk>();
  for (const group of groups) {
    if (group.kind !== 'support') needed.set(group.id, riskWithRequired(group, byId, new Set()));
  }
  for (const [id, risk] of [...needed]) {
    for (const support of requiredBy(id, byId, new Set())) {
      if (byId.get(support)?.kind !== 'support') continue;
      const known = needed.get(support);
      if (known === undefined || isWithin(risk, known)) needed.set(support, risk);
    }
  }
  return (id) => needed.get(id) ?? byId.get(id)?.risk ?? 'blocked';
}

/** True when the policy of the report applies a group that needs this level. */
export function isApplied(report: Report, needed: Risk): boolean {
  return needed !== 'blocked' && isWithin(needed, report.policy.maxRisk);
}

function riskWithRequired(group: Group, byId: ReadonlyMap<string, Group>, seen: Set<string>): Risk {
  let risk = group.risk;
  seen.add(group.id);
  for (const id of group.requires) {
    const required = byId.get(id);
    if (required !== undefined && !seen.has(id)) risk = maxRisk(risk, riskWithRequired(required, byId, seen));
  }
  return risk;
}

function requiredBy(id: string, byId: ReadonlyMap<string, Group>, seen: Set<string>): Set<string> {
  for (const required of byId.get(id)?.requires ?? []) {
    if (seen.has(required)) continue;
    seen.add(required);
    requiredBy(required, byId, seen);
  }
  return seen;
}
