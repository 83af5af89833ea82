import type { Framework, Library, Member, Members } from '../schema.js';
import { callback, each, promisified } from './rows.js';

const route: Member = { kind: 'register', contract: 'route', returns: 'self' };
const param: Member = { kind: 'register', contract: 'param', returns: 'self' };

const verbs: Members = Object.fromEntries(
  ['all', 'get', 'post', 'put', 'patch', 'delete', 'del', 'head', 'options', 'use'].map((verb) => [
    verb,
    route,
  ]),
);

const router: Members = {
  ...verbs,
  param,
  route: { kind: 'plain', returns: 'Route' },
  set: { kind: 'plain', returns: 'self' },
  enable: { kind: 'plain', returns: 'self' },
  disable: { kind: 'plain', returns: 'self' },
  listen: { kind: 'multi-shot', reason: 'a listener of the server' },
};

/** What passport and express-session put on a request. Source: the readmes of passport 0.6 and express-session 1. */
const carried = callback('network', promisified, [], { mayAnswerAtOnce: true });

const session: Members = each(['save', 'reload', 'regenerate', 'destroy'], carried);

const final: Member = { kind: 'plain', returns: 'self', endsRequest: true, neverThrows: true };
const chained: Member = { kind: 'plain', returns: 'self', neverThrows: true };

/** A callback gets the page, which is sent otherwise. */
const rendered = callback('file', promisified, ['html'], { mayAnswerAtOnce: true, endsRequest: true });

/** Source: the API reference of Express 4 and 5. */
export const express: Library = {
  module: 'express',
  self: { kind: 'plain', returns: 'Router' },
  exports: {
    Router: { kind: 'plain', returns: 'Router' },
    static: { kind: 'plain' },
    json: { kind: 'plain' },
    urlencoded: { kind: 'plain' },
  },
  typeNames: { Application: 'Router', Express: 'Router', IRouter: 'Router', IRoute: 'Route' },
  types: {
    Router: router,
    Route: verbs,
    Request: {
      app: { kind: 'value', type: 'Router' },
      ...each(['login', 'logIn', 'logout', 'logOut'], carried),
      session: { kind: 'value', type: 'Session' },
      params: { kind: 'value', type: 'Record' },
      query: { kind: 'value', type: 'Record' },
      headers: { kind: 'value', type: 'Record' },
    },
    Record: {},
    Session: session,
    Response: {
      app: { kind: 'value', type: 'Router' },
      status: chained,
      set: chained,
      header: chained,
      type: chained,
      cookie: chained,
      clearCookie: chained,
      location: chained,
      vary: chained,
      append: chained,
      attachment: chained,
      send: final,
      json: final,
      jsonp: final,
      end: final,
      redirect: final,
      sendStatus: final,
      render: rendered,
      sendFile: { ...final, neverThrows: false },
      download: { ...final, neverThrows: false },
    },
  },
};

const requestNames = ['req', 'request', '_req'];
const responseNames = ['res', 'response', 'resp', '_res'];
const nextNames = ['next', '_next'];

export const expressFramework: Framework = {
  module: 'express',
  contracts: {
    route: {
      parameters: [{ role: 'value', type: 'Request' }, { role: 'value', type: 'Response' }, { role: 'next' }],
      errorArity: 4,
      deliversRejections: { '3': false, '4': false, '5': true },
      returned: 'ignored',
      adapter: 'next',
      entry: 'handler',
      shapes: [
        [requestNames, responseNames],
        [requestNames, responseNames, nextNames],
        [['err', 'error', 'e'], requestNames, responseNames, nextNames],
      ],
    },
    param: {
      parameters: [
        { role: 'value', type: 'Request' },
        { role: 'value', type: 'Response' },
        { role: 'next' },
        { role: 'value' },
        { role: 'value' },
      ],
      deliversRejections: { '3': false, '4': false, '5': true },
      returned: 'ignored',
      adapter: 'next',
      entry: 'handler',
      shapes: [
        [requestNames, responseNames, nextNames, []],
        [requestNames, responseNames, nextNames, [], []],
      ],
    },
  },
};
