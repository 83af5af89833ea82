import { setTimeout as sleep } from 'node:timers/promises';

/** One request, as data. */
export interface ScriptRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, in place of `json`. */
  readonly text?: string;
}

/** A step of a script: a request that is waited for, or requests that are sent at once. */
export type ScriptStep = ScriptRequest | { readonly atOnce: readonly ScriptRequest[] };

/** What one request was answered with, in a form in which two runs can be compared. */
export interface ResponseRecord {
  readonly request: string;
  readonly status: number;
  readonly type: string | null;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** Sends the steps in order. Records stand in the order of the requests, even of those sent at once. */
export async function runHttpScript(
  origin: string,
  steps: readonly ScriptStep[],
): Promise<readonly ResponseRecord[]> {
  const records: ResponseRecord[] = [];
  for (const step of steps) {
    const requests = 'atOnce' in step ? step.atOnce : [step];
    records.push(...(await Promise.all(requests.map((request) => sendRequest(origin, request)))));
  }
  return records;
}

/** Sends one request; a server that hangs or drops the connection rejects, with the request's name. */
export async function sendRequest(origin: string, request: ScriptRequest): Promise<ResponseRecord> {
  const text = request.text ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
  const name = [request.method, request.path, text].filter((part) => part !== undefined).join(' ');
  try {
    const response = await fetch(origin + request.path, {
      method: request.method,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
      body: text ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    const type = response.headers.get('content-type');
    const body = await response.text();
    const isJson = type?.startsWith('application/json') === true;
    return { request: name, status: response.status, type, body: isJson ? JSON.parse(body) : body };
  } catch (error) {
    throw new Error(`No answer to ${name}`, { cause: error });
  }
}

/**
 * Asks again until the body is the wanted one, and returns the last body. An async handler may give back its
 * resources shortly after the response has arrived.
 */
export async function settledBody(origin: string, path: string, wanted: unknown): Promise<unknown> {
  const deadline = Date.now() + 3000;
  for (;;) {
    const { body } = await sendRequest(origin, { method: 'GET', path });
    if (JSON.stringify(body) === JSON.stringify(wanted) || Date.now() > deadline) return body;
    await sleep(20);
  }
}
