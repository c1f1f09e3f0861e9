using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>A connection to a database file, and what its errors mean. Connections of one process share the database.</summary>
internal sealed partial class DuckDbDatabase : IDisposable
{
    /// <summary>
    /// How large the log of committed batches grows before it becomes part of the tables. DuckDB's own 16 MB are a few batches: with 768
    /// elements a vector, half of the time would go there.
    /// </summary>
    private const string CheckpointThreshold = "256MB";

    private static readonly string[] s_ownSchemas = ["information_schema", "pg_catalog"];

    private DuckDbDatabase(string path, DuckDBConnection connection) => (Path, Connection) = (path, connection);

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>The connection, open.</summary>
    public DuckDBConnection Connection { get; }

    /// <summary>Opens a file for a run; it and its folder are made where they are missing.</summary>
    /// <param name="path">Its full path.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorDatabase"/>.</exception>
    public static DuckDbDatabase OpenForWriting(string path)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(path, error);
        }

        return Open(path, DuckDBAccessMode.Automatic);
    }

    /// <summary>Opens a file for queries.</summary>
    /// <inheritdoc cref="OpenForWriting" path="/param"/>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorSearch"/>.</exception>
    public static DuckDbDatabase OpenForReading(string path) => File.Exists(path)
        ? Open(path, DuckDbFiles.IsOpenForWriting(path) ? DuckDBAccessMode.Automatic : DuckDBAccessMode.ReadOnly)
        : throw new EgressException(
            EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound, $"There is no database '{path}'.",
            "Name the folder or the DuckDB file that Invoke-EmbeddingBatch has written.", path);

    /// <summary>A command with parameters, each named by its place: $1, $2, …</summary>
    public DuckDBCommand Command(string sql, params object?[] values)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var value in values)
        {
            command.Parameters.Add(new DuckDBParameter(value!));
        }

        return command;
    }

    /// <summary>Runs statements without a result.</summary>
    public void Run(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row, or null.</summary>
    public object? Value(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar();
    }

    /// <summary>The record of a table; null where it has none.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreInvalid"/>: a newer version has written it.</exception>
    public StoreRecord? FindRecord(TableName table)
    {
        var records = table.Beside(StoreRecord.TableName);
        if (!Exists(records))
        {
            return null;
        }

        // DuckDB takes names of tables whatever their case.
        using var command = Command(
            $"SELECT version, \"precision\", dimension, token_level, settings FROM {records.Sql} WHERE lower(table_name) = lower($1)", table.Name);
        using var reader = command.ExecuteReader();
        return reader.Read() && Exists(table)
            ? StoreRecord.Read(Path, reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), reader.GetBoolean(3), reader.GetString(4))
            : null;
    }

    /// <summary>Whether there is a table of this name.</summary>
    public bool Exists(TableName table) => Value(
        "SELECT 1 FROM duckdb_tables() WHERE NOT internal AND database_name = current_database() AND lower(table_name) = lower($1) "
        + "AND lower(schema_name) = lower(coalesce($2, current_schema()))",
        table.Name, table.Schema) is not null;

    /// <summary>Whether a table or a view has this name.</summary>
    public bool IsTaken(TableName table) => Exists(table) || Value(
        "SELECT 1 FROM duckdb_views() WHERE NOT internal AND database_name = current_database() AND lower(view_name) = lower($1) "
        + "AND lower(schema_name) = lower(coalesce($2, current_schema()))",
        table.Name, table.Schema) is not null;

    /// <summary>Throws where a table's schema takes none: DuckDB's own, and what it takes for the name of a database.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public void RequireSchema(TableName table)
    {
        string[] databases = ["temp", "system", (string)Value("SELECT current_database()")!];
        if (table.Schema is { } schema && s_ownSchemas.Concat(databases).Contains(schema, StringComparer.OrdinalIgnoreCase))
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"{table} is no name for a table in '{Path}': {schema} is {(databases.Contains(schema, StringComparer.OrdinalIgnoreCase) ? "a database's name" : "DuckDB's own schema")}.",
                "Name a table without a schema, or with another, with -Table.", $"{table}");
        }
    }

    /// <summary>Ends what the connection is doing.</summary>
    public void Interrupt() => NativeMethods.Startup.DuckDBInterrupt(Connection.NativeConnection);

    /// <summary>What a failure of the database means to a run or a query that is under way.</summary>
    public EgressException Failed(Exception error) => new(
        EgressErrorId.VectorStoreFailed,
        KindOf(error) == DuckDBErrorType.OutOfMemory || IsOfSpace(error) ? EgressErrorCategory.ResourceUnavailable : EgressErrorCategory.WriteError,
        $"DuckDB failed in '{Path}': {error.Message}",
        "What was committed is stored. Check the disk's space and rights, then run the same command again: it goes on from there.", Path, error);

    /// <summary>What kind of failure an exception is; null where it is none of DuckDB's.</summary>
    public static DuckDBErrorType? KindOf(Exception error) => error switch
    {
        DuckDBException statement => statement.ErrorType,
        DuckDbAppendException append => append.ErrorType,
        _ => null,
    };

    /// <inheritdoc/>
    public void Dispose() => Connection.Dispose();

    private static DuckDbDatabase Open(string path, DuckDBAccessMode mode)
    {
        DuckDbLibrary.EnsureLoaded();
        var settings = new DuckDBConnectionStringBuilder
        {
            DataSource = path,
            CheckpointThreshold = CheckpointThreshold,

            // A query must not wait for the network because it names a function that an extension would have.
            AutoinstallKnownExtensions = false,
        };
        if (mode != DuckDBAccessMode.Automatic)
        {
            settings.AccessMode = mode;
        }

        var connection = new DuckDBConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            return new DuckDbDatabase(path, connection);
        }
        catch (DuckDBException error)
        {
            connection.Dispose();
            throw NotOpened(path, error);
        }
    }

    private static EgressException NotOpened(string path, DuckDBException error)
    {
        if (Holder().Match(error.Message) is { Success: true } holder)
        {
            return InUse(path, $"{holder.Groups["program"].Value}, process {holder.Groups["id"].Value}, has '{path}' open.", error);
        }

        return error.Message switch
        {
            var text when text.Contains("set lock on file", StringComparison.Ordinal) => InUse(path, $"Another process has '{path}' open.", error),
            var text when text.Contains("different configuration", StringComparison.Ordinal) => InUse(path, $"A query of this process has '{path}' open.", error),
            _ when Directory.Exists(path) => StoreErrors.Invalid(path, "it is a folder", "Name a file, or the folder that is to hold one.", error),
            _ when error.ErrorType is DuckDBErrorType.Permission || IsRefused(path, error) => Unavailable(path, error),
            _ => StoreErrors.Invalid(
                path, string.Create(CultureInfo.InvariantCulture, $"DuckDB cannot open it ({FirstLine(error.Message)})"),
                "Name a DuckDB file of this or an older version of DuckDB, or one that does not exist yet.", error),
        };
    }

    /// <summary>Whether the disk is full or a quota used up: DuckDB hands on the system's text for that, and no number.</summary>
    private static bool IsOfSpace(Exception error)
    {
        const int NoSpace = 28;
        const int QuotaExceeded = 122;
        return new[] { NoSpace, QuotaExceeded }.Any(number => error.Message.Contains(Marshal.GetPInvokeErrorMessage(number), StringComparison.Ordinal));
    }

    private static bool IsRefused(string path, DuckDBException error) =>
        error.ErrorType == DuckDBErrorType.Io && (!File.Exists(path) || error.Message.Contains("ermission", StringComparison.Ordinal));

    private static EgressException InUse(string path, string message, Exception error) => new(
        EgressErrorId.DestinationInUse, EgressErrorCategory.ResourceUnavailable, message,
        "Wait until it has ended, or use another -Destination; a PostgreSQL server takes several runs at once.", path, error);

    private static EgressException Unavailable(string path, Exception error) => new(
        EgressErrorId.VectorStoreUnavailable, EgressErrorCategory.PermissionDenied, $"The database '{path}' cannot be opened: {FirstLine(error.Message)}",
        "Check the rights on the folder and the disk's space, or use another -Destination.", path, error);

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('.');

    [GeneratedRegex(@"Conflicting lock is held in (?<program>.+?) \(PID (?<id>\d+)\)")]
    private static partial Regex Holder();
}
