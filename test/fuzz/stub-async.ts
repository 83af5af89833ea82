type Done = (error?: unknown, result?: unknown) => void;
type Task = (...input: unknown[]) => void;

/** The flow functions of async.js that generated programs use. */
export function asyncModule(): object {
  const overItems =
    (limit: number) => (items: readonly unknown[], work: (item: unknown, done: Done) => void, done?: Done) =>
      runAll(
        items.map((item) => (settle: Done) => called(work)(item, settle)),
        limit,
        (error) => done?.(error),
      );
  const mapped =
    (limit: number) => (items: readonly unknown[], work: (item: unknown, done: Done) => void, done?: Done) =>
      runAll(
        items.map((item) => (settle: Done) => called(work)(item, settle)),
        limit,
        done,
      );
  return {
    series: (tasks: unknown, done?: Done) => runNamed(tasks, 1, done),
    parallel: (tasks: unknown, done?: Done) => runNamed(tasks, Number.POSITIVE_INFINITY, done),
    parallelLimit: (tasks: unknown, limit: number, done?: Done) => runNamed(tasks, limit, done),
    waterfall,
    each: overItems(Number.POSITIVE_INFINITY),
    forEach: overItems(Number.POSITIVE_INFINITY),
    eachSeries: overItems(1),
    eachLimit: (
      items: readonly unknown[],
      limit: number,
      work: (item: unknown, done: Done) => void,
      done?: Done,
    ) => overItems(limit)(items, work, done),
    auto,
    map: mapped(Number.POSITIVE_INFINITY),
    mapSeries: mapped(1),
  };
}

type AutoTask = Task | readonly [...string[], Task];

/** Runs tasks once those that they name are done. */
function auto(tasks: Record<string, AutoTask>, done?: Done): void {
  const results: Record<string, unknown> = {};
  const waiting = new Map(Object.entries(tasks));
  let isOver = false;
  const end: Done = (error, result) => {
    if (isOver) return;
    isOver = true;
    done?.(error, result);
  };
  let count = waiting.size;
  const startReady = (): void => {
    for (const [name, task] of [...waiting]) {
      const needs = (typeof task === 'function' ? [] : task.slice(0, -1)) as readonly string[];
      const run = (typeof task === 'function' ? task : task.at(-1)) as Task;
      if (isOver || !waiting.has(name) || needs.some((need) => !(need in results))) continue;
      waiting.delete(name);
      const settle = (error: unknown, ...values: unknown[]): void => {
        if (error) {
          end(error, results);
          return;
        }
        results[name] = values.length > 1 ? values : values[0];
        count--;
        if (count === 0) end(null, results);
        else startReady();
      };
      const input = needs.length === 0 ? [settle] : [{ ...results }, settle];
      called(run)(...input);
    }
  };
  if (count === 0) end(null, results);
  else startReady();
}

type Runnable = Task | ((done: Done) => void) | ((item: unknown, done: Done) => void);

/** An async function gets no callback: what its promise holds is its answer. */
function called(run: Runnable | undefined): Task {
  if (!isAsyncFunction(run)) return (...input) => Reflect.apply(run ?? (() => undefined), undefined, input);
  return (...input) => {
    const done = input.pop() as Done;
    Promise.resolve(run(...input)).then((value) => done(null, value), done);
  };
}

function isAsyncFunction(value: unknown): value is (...input: unknown[]) => unknown {
  return Object.prototype.toString.call(value) === '[object AsyncFunction]';
}

/** Starts up to `limit` tasks at a time; the first error ends it, results keep the order of the tasks. */
function runAll(tasks: readonly ((done: Done) => void)[], limit: number, done?: Done): void {
  const results: unknown[] = [];
  let started = 0;
  let finished = 0;
  let isOver = false;
  const end: Done = (error, result) => {
    if (isOver) return;
    isOver = true;
    done?.(error, result);
  };
  const startMore = () => {
    while (!isOver && started < tasks.length && started - finished < limit) {
      const index = started++;
      called(tasks[index])((error: unknown, result: unknown) => {
        if (error) return end(error, results);
        results[index] = result;
        finished++;
        if (finished === tasks.length) end(null, results);
        else startMore();
      });
    }
  };
  if (tasks.length === 0) end(null, results);
  else startMore();
}

function runNamed(tasks: unknown, limit: number, done?: Done): void {
  if (Array.isArray(tasks)) {
    runAll(tasks, limit, done);
    return;
  }
  const entries = Object.entries(tasks as Record<string, (done: Done) => void>);
  runAll(
    entries.map(([, task]) => task),
    limit,
    (error, results) => {
      const values: readonly unknown[] = Array.isArray(results) ? results : [];
      done?.(error, Object.fromEntries(entries.map(([name], index) => [name, values[index]])));
    },
  );
}

function waterfall(tasks: readonly Task[], done?: Task): void {
  const run = (index: number, results: readonly unknown[]) => {
    const task = tasks[index];
    if (task === undefined) {
      done?.(null, ...results);
      return;
    }
    called(task)(...results, (error: unknown, ...values: unknown[]) => {
      if (error) done?.(error);
      else run(index + 1, values);
    });
  };
  run(0, []);
}
