/** Interfaces of frameworks by which a class of the program says what it can be called for, each with one member. */

export interface ImplementedMember {
  /** The framework, as messages name it. */
  readonly framework: string;
  /** The origin key of the interface. */
  readonly base: string;
  readonly member: string;
  /** The framework awaits what the member returns before it does anything else, in the `try` in which it treats what it throws. */
  readonly isAwaited: boolean;
}

const nest = (base: string, member: string, isAwaited: boolean): ImplementedMember => ({
  framework: 'Nest',
  base: `@nestjs/common.${base}`,
  member,
  isAwaited,
});

export const implementedMembers: readonly ImplementedMember[] = [
  // guards-consumer.js, interceptors-consumer.js and pipes-consumer.js of @nestjs/core, and `createProxy` of its router-proxy.js for middleware.
  nest('CanActivate', 'canActivate', true),
  nest('NestInterceptor', 'intercept', true),
  nest('PipeTransform', 'transform', true),
  nest('NestMiddleware', 'use', true),
  // Nobody waits for a filter; hooks of several providers are begun together.
  nest('ExceptionFilter', 'catch', false),
  nest('OnModuleInit', 'onModuleInit', false),
  nest('OnModuleDestroy', 'onModuleDestroy', false),
  nest('OnApplicationBootstrap', 'onApplicationBootstrap', false),
  nest('OnApplicationShutdown', 'onApplicationShutdown', false),
  nest('BeforeApplicationShutdown', 'beforeApplicationShutdown', false),
  nest('NestModule', 'configure', false),
];
