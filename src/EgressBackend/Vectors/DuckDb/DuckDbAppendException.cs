using DuckDB.NET.Native;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>What the appender's failures are: the library's own exception is for statements.</summary>
internal sealed class DuckDbAppendException(DuckDBErrorType errorType, string message) : Exception(message)
{
    /// <summary>The kind of failure.</summary>
    public DuckDBErrorType ErrorType { get; } = errorType;
}
