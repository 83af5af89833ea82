import { it } from 'vitest';
import { discoverProjects } from '/work/main/core/typescript/discover.js';
import { checkProject } from '/work/main/core/typescript/check.js';
it('t', () => {
  const t0 = performance.now();
  const { projects, problems, notes } = discoverProjects([process.env.P ?? '/tmp/nodebb'], { cwd: '/tmp' });
  const t1 = performance.now();
  const p = projects[0]!;
  console.log('discover', Math.round(t1 - t0), projects.length, p.sources.size, p.editable.size, problems, notes.slice(0, 8));
  const run = (name: string, n: number) => {
    const after = new Map([...p.sources].filter(([f]) => (process.env.U ? f.startsWith(process.env.U) : true) && /\.[jt]s$/.test(f)).slice(0, n).map(([f, t]) => [f, `${t}\n;undefinedName();\n`]));
    const t = performance.now();
    const r = checkProject(p, after, new Map());
    console.log(name, after.size, Math.round(performance.now() - t), 'ms', r.diagnosticsBefore, r.newDiagnostics.length, r.unparsable.length, Math.round(process.memoryUsage().heapUsed / 1e6), 'MB', r.newDiagnostics.filter((d) => !/undefinedName/.test(d.message)).slice(0, 5));
  };
  run('5', 5); run('5 again', 5); run('100', 100); run('100 again', 100); run('all', 1e9); run('all again', 1e9); run('50', 50);
}, 600000);
