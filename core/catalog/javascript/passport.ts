import type { Library } from '../schema.js';
import { chained, each, listener, plain } from './rows.js';

const verify = listener('the strategy answers through its last parameter');

/** Source: the guide of passport 0.4 to 0.7. */
export const passport: Library = {
  module: 'passport',
  exports: {
    ...each(
      ['serializeUser', 'deserializeUser', 'transformAuthInfo'],
      listener('it answers through its last parameter'),
    ),
    ...each(['use', 'unuse', 'framework'], chained),
    ...each(['initialize', 'session'], plain),
    ...each(
      ['authenticate', 'authorize'],
      listener('its function gets the outcome of every attempt, and what it returns is not looked at'),
    ),
  },
  types: {},
};

/** The verify function is called for every attempt, and what it returns is not looked at. Source: their readmes. */
export const passportStrategies: Library = {
  module: 'passport-local',
  aliases: [
    'passport-http',
    'passport-http-bearer',
    'passport-jwt',
    'passport-oauth2',
    'passport-facebook',
    'passport-github',
    'passport-github2',
    'passport-google-oauth',
    'passport-google-oauth20',
    'passport-linkedin-oauth2',
    'passport-paypal-openidconnect',
    'passport-tumblr',
    'passport-twitter',
  ],
  exports: each(['Strategy', 'OAuth2Strategy', 'BasicStrategy', 'OAuthStrategy'], verify),
  types: {},
};
