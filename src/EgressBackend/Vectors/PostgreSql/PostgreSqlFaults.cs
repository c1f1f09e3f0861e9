using System.Net.Sockets;
using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// What PostgreSQL's errors mean. Their messages are the server's own, which repeat no password; details, which can hold a row's content, are
/// left out by the library.
/// </summary>
internal static class PostgreSqlFaults
{
    /// <summary>Whether an exception is one of the server, the connection or the library.</summary>
    public static bool IsOne(Exception error) => error is NpgsqlException or TimeoutException or SocketException or IOException;

    /// <summary>Whether the same may succeed a moment later: a lost connection, a server that restarts, two runs that waited for each other.</summary>
    public static bool IsPassing(Exception error) => error is NpgsqlException { IsTransient: true } or TimeoutException or SocketException or IOException;

    /// <summary>Whether a row is there already, or another run was about to store it.</summary>
    public static bool IsConflict(PostgresException error) => error.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected;

    /// <summary>The error of a database that cannot be opened.</summary>
    public static EgressException Unavailable(string location, Exception error) => new(
        EgressErrorId.VectorStoreUnavailable, Category(error), $"'{location}' cannot be used: {Message(error)}",
        Category(error) switch
        {
            EgressErrorCategory.PermissionDenied => "Check user and password (-Credential, or PGUSER and PGPASSWORD) and that the user may make tables there; "
                + "a table that exists needs no such right.",
            EgressErrorCategory.ObjectNotFound => "Make the database first, or name another: Egress makes tables only.",
            _ => "Check host and port, and that the server runs and takes connections from here.",
        },
        location, error);

    /// <summary>The error of one that failed while a run wrote to it.</summary>
    public static EgressException Failed(string location, Exception error) => new(
        EgressErrorId.VectorStoreFailed, IsPassing(error) ? EgressErrorCategory.ResourceUnavailable : EgressErrorCategory.WriteError,
        $"'{location}' failed: {Message(error)}",
        IsRefusedValue(error)
            ? "Vectors must be of finite numbers here. Look at what the model makes, or store in DuckDB or in files, which take them as they are."
            : "What was committed is stored. Run the same command again: it goes on from there; a batch whose commit was on its way is replaced by itself.",
        location, error);

    /// <summary>The error of a query.</summary>
    public static EgressException NotAnswered(string location, Exception error) => new(
        EgressErrorId.VectorStoreFailed, EgressErrorCategory.ReadError, $"'{location}' did not answer: {Message(error)}",
        "Check the server and ask again.", location, error);

    private static bool IsRefusedValue(Exception error) => error is PostgresException { SqlState: ['2', '2', ..] };

    private static EgressErrorCategory Category(Exception error) => error switch
    {
        PostgresException { SqlState: ['2', '8', ..] or PostgresErrorCodes.InsufficientPrivilege } => EgressErrorCategory.PermissionDenied,
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => EgressErrorCategory.ObjectNotFound,
        NpgsqlException { Message: var message } when message.Contains("password", StringComparison.OrdinalIgnoreCase) => EgressErrorCategory.PermissionDenied,
        _ => EgressErrorCategory.ResourceUnavailable,
    };

    private static string Message(Exception error) => error is PostgresException server
        ? $"{server.MessageText} ({server.SqlState})"
        : error.InnerException is { } inner and not NpgsqlException ? $"{error.Message}: {inner.Message}" : error.Message;
}
