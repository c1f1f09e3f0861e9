namespace Egress.Tests;

/// <summary>
/// The collection of tests that nothing else may run beside: those that look at counters of the whole process (threads, host
/// memory, the garbage collector's) and those that measure time.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
