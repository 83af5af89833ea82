import type { Contract, Framework, Library, Members } from '../schema.js';
import { each, plain } from './rows.js';

/**
 * Methods that a framework finds by their decorators. It waits for the promise of a method and sends what it resolves to;
 * a rejection goes where a throw went.
 */
const route: Contract = {
  parameters: [],
  deliversRejections: {},
  returned: 'payload',
  takesPromise: true,
  entry: 'handler',
};

const job: Contract = { ...route, returned: 'ignored', entry: 'job' };

function routes(...names: readonly string[]): Members {
  return each(names, { kind: 'register', contract: 'route' });
}

/** Decorators that say something of a method and do not look at what it answers with. */
function remarks(...names: readonly string[]): Members {
  return each(names, plain);
}

function library(module: string, exports: Members): Library {
  return { module, exports, types: {} };
}

/** Source: the documentation of Nest 7 to 11, and the source of `RouterExecutionContext`, `RpcProxy` and `WsProxy`. */
const nest: readonly Library[] = [
  library('@nestjs/common', {
    ...routes('Get', 'Post', 'Put', 'Patch', 'Delete', 'Head', 'Options', 'All', 'Search'),
    ...remarks('UseGuards', 'UseInterceptors', 'UsePipes', 'UseFilters', 'SetMetadata', 'applyDecorators'),
    ...remarks('HttpCode', 'Header', 'Redirect', 'Render', 'Version', 'Bind'),
  }),
  library('@nestjs/microservices', routes('MessagePattern', 'EventPattern', 'GrpcMethod')),
  library('@nestjs/websockets', routes('SubscribeMessage')),
  library('@nestjs/graphql', routes('Query', 'Mutation', 'ResolveField', 'ResolveReference')),
  library('@nestjs/schedule', each(['Cron', 'Interval', 'Timeout'], { kind: 'register', contract: 'job' })),
  library('@nestjs/throttler', remarks('Throttle', 'SkipThrottle')),
  library(
    '@nestjs/swagger',
    remarks(
      ...['ApiOperation', 'ApiResponse', 'ApiOkResponse', 'ApiCreatedResponse', 'ApiNoContentResponse'],
      ...['ApiBadRequestResponse', 'ApiUnauthorizedResponse', 'ApiForbiddenResponse', 'ApiNotFoundResponse'],
      ...[
        'ApiConflictResponse',
        'ApiInternalServerErrorResponse',
        'ApiDefaultResponse',
        'ApiAcceptedResponse',
      ],
      ...['ApiParam', 'ApiQuery', 'ApiBody', 'ApiHeader', 'ApiConsumes', 'ApiProduces', 'ApiTags'],
      ...['ApiBearerAuth', 'ApiBasicAuth', 'ApiSecurity', 'ApiCookieAuth', 'ApiExcludeEndpoint'],
    ),
  ),
];

/** Source: the readmes of routing-controllers 0.9 to 0.11, type-graphql 1 and 2, and inversify-express-utils 6. */
const others: readonly Library[] = [
  library('routing-controllers', {
    ...routes('Get', 'Post', 'Put', 'Patch', 'Delete', 'Head', 'All', 'Method'),
    ...remarks('HttpCode', 'OnUndefined', 'OnNull', 'Redirect', 'Render', 'Header', 'ContentType'),
    ...remarks('Authorized', 'UseBefore', 'UseAfter', 'UseInterceptor'),
  }),
  library('type-graphql', {
    ...routes('Query', 'Mutation', 'FieldResolver'),
    ...remarks('Authorized', 'UseMiddleware'),
  }),
  library(
    'inversify-express-utils',
    routes('httpGet', 'httpPost', 'httpPut', 'httpPatch', 'httpDelete', 'httpHead', 'httpMethod', 'all'),
  ),
];

export const decorators: readonly Library[] = [...nest, ...others];

export const decoratorFrameworks: readonly Framework[] = decorators.map(({ module }) => ({
  module,
  contracts: { route, job },
}));
