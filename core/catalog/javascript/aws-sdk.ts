import type { Library, Member, Members } from '../schema.js';
import { callback, each, listener, plain, promisified } from './rows.js';

/** A request is sent at once where it gets a callback, and has a `promise()` where it gets none. */
const operation: Member = callback('network', { kind: 'answer', member: 'promise' }, ['data'], {
  returns: 'Request',
});

/** Answered without a request. */
const answered: Member = callback('network', promisified, ['data']);

const client: Member = { kind: 'plain', returns: 'Service' };

const clients = (
  'APIGateway AppSync Athena AutoScaling Batch CloudFormation CloudFront CloudWatch CloudWatchEvents CloudWatchLogs ' +
  'CodeBuild CodeCommit CodeDeploy CodePipeline CognitoIdentity CognitoIdentityServiceProvider Comprehend ' +
  'ConfigService CostExplorer DataPipeline DynamoDBStreams EC2 ECR ECS EFS EKS ELB ELBv2 EMR ES ' +
  'ElastiCache ElasticBeanstalk ElasticTranscoder EventBridge Firehose Glue IAM Inspector Iot IotData KMS Kinesis ' +
  'Lambda LexRuntime MediaConvert Organizations Pinpoint Polly RDS RDSDataService Redshift Rekognition Route53 ' +
  'SES SESV2 SNS SQS SSM STS SWF SecretsManager SimpleDB StepFunctions StorageGateway Support Textract Transcribe ' +
  'Translate WAF XRay'
).split(' ');

/** Clients that have members of their own. */
const classes: Members = {
  DynamoDB: { kind: 'value', type: 'DynamoDBClass' },
  S3: { kind: 'value', type: 'S3Class' },
};

const types: Readonly<Record<string, Members>> = {
  DynamoDBClass: { DocumentClient: client, Converter: plain },
  S3Class: { ManagedUpload: { kind: 'plain', returns: 'Upload' } },
  Service: {
    ...each(['getSignedUrl', 'createPresignedPost'], answered),
    ...each(
      ['getSignedUrlPromise', 'createSet', 'setupRequestListeners', 'endpoint', 'config', 'defineService'],
      plain,
    ),
  },
  Request: {
    promise: plain,
    send: callback('network', { kind: 'method', member: 'promise' }, ['data']),
    ...each(['on', 'once', 'eachPage', 'eachItem'], listener('it may run many times', 'self')),
    ...each(['abort', 'createReadStream', 'httpRequest', 'removeListener'], plain),
  },
  Upload: {
    promise: plain,
    send: callback('network', { kind: 'method', member: 'promise' }, ['data']),
    on: listener('it may run many times', 'self'),
    abort: plain,
  },
};

const typeNames = Object.fromEntries(
  ['DynamoDB', 'DocumentClient', 'S3', ...clients].map((name) => [name, 'Service'] as const),
);

const makes = { DynamoDBClass: { constructed: 'Service' }, S3Class: { constructed: 'Service' } };

/** What all modules of the SDK have in common. */
const common = {
  versions: [2],
  promisesSince: [2, 3],
  types,
  typeNames,
  makes,
  others: { Service: operation },
} as const;

/**
 * Source: the developer guide of the AWS SDK for JavaScript 2, "Using JavaScript promises", and its `lib/request.js` and
 * `lib/services/s3.js`. Requests have a `promise()` since 2.3.
 */
export const awsSdk: readonly Library[] = [
  { ...common, module: 'aws-sdk', exports: { ...classes, ...each(clients, client), config: plain } },
  ...clients.map((name) => moduleOf(name)),
  moduleOf('DynamoDB', types['DynamoDBClass']),
  moduleOf('S3', types['S3Class']),
];

/** `require('aws-sdk/clients/sqs')` */
function moduleOf(name: string, exports: Members = {}): Library {
  return { ...common, module: `aws-sdk/clients/${name.toLowerCase()}`, self: client, exports };
}
