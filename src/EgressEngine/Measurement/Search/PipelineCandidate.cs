namespace Egress.Measurement.Search;

/// <summary>What a search sets.</summary>
/// <param name="BatchSize">Items in a batch.</param>
/// <param name="WorkerCount">Threads that process outputs.</param>
/// <param name="LoaderCount">Threads that load inputs.</param>
/// <param name="BufferCount">Output buffers.</param>
public sealed record PipelineCandidate(int BatchSize, int WorkerCount, int LoaderCount, int BufferCount);
