import { ts } from 'ts-morph';
import { sitesOf } from '../flow.js';
import { hazard } from '../hazards.js';
import type { Relay } from '../relays.js';
import type { RelayFlow } from '../unit.js';
import type { Reader } from './reader.js';

/** The local function in which the work goes on when it is called. */
export function relayOf(reader: Reader, call: ts.CallExpression): Relay | undefined {
  const callee = call.expression;
  if (!ts.isIdentifier(callee)) return undefined;
  const symbol = reader.session.symbolOf(callee);
  return reader.known.relays.find((relay) => relay.symbol === symbol);
}

/** The bodies of the local functions that call back. */
export function relayFlows(reader: Reader): RelayFlow[] {
  return reader.known.relays.map(({ node, symbol }) => {
    const flow = reader.flow(ts.isBlock(node.body) ? node.body.statements : [node.body], true);
    const acquiring = sitesOf(flow).find(
      ({ callee }) => callee.kind === 'api' && callee.member.acquires === true,
    );
    if (acquiring !== undefined) {
      const message = 'a function that goes on with the work takes a connection';
      reader.found.addHazards(
        hazard(
          'H-RELEASE',
          'blocks',
          message,
          acquiring.call,
          'take the connection in the function that gives it back',
        ),
      );
    }
    return { node, symbol, flow };
  });
}
