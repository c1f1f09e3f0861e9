using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Egress.Tests.S3;
using Npgsql;

[assembly: AssemblyFixture(typeof(Egress.Backend.Tests.Vectors.PostgreSqlServer))]

namespace Egress.Backend.Tests.Vectors;

/// <summary>
/// A PostgreSQL server of these tests' own, in a folder that goes with them. Where none is installed, tests that need it are skipped; with
/// EGRESS_REQUIRE_POSTGRES=1 they fail. It trusts nobody without a password.
/// </summary>
public sealed class PostgreSqlServer : IDisposable
{
    /// <summary>The user who may do everything.</summary>
    public const string Administrator = "administrator";

    /// <summary>A user who owns databases, and may not install extensions into them.</summary>
    public const string User = "writer";

    /// <summary>The passwords of both. It must be in no message.</summary>
    public const string Password = "geheim:/?#@ ;='1";

    private readonly string _folder = Directory.CreateTempSubdirectory("egress-postgres-").FullName;
    private readonly Dictionary<string, string> _shared = [];
    private string? _programs;
    private int _names;

    /// <summary>The port that it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>The folder with its socket.</summary>
    public string Sockets => _folder;

    /// <summary>Starts it with the first test that needs it, or skips the test.</summary>
    public void EnsureStarted()
    {
        if (_programs is not null)
        {
            return;
        }

        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb")))
                .OrderBy(bin => int.TryParse(Path.GetFileName(Path.GetDirectoryName(bin)), CultureInfo.InvariantCulture, out var version) ? version : 0).LastOrDefault()
            : null;
        if (programs is null)
        {
            Assert.SkipUnless(
                Environment.GetEnvironmentVariable("EGRESS_REQUIRE_POSTGRES") == "1", "PostgreSQL is not installed (Debian's package postgresql).");
            Assert.Fail("PostgreSQL is not installed, and EGRESS_REQUIRE_POSTGRES=1.");
        }

        StartServer(programs);
        _programs = programs;
    }

    /// <summary>Makes a database that <see cref="User"/> owns.</summary>
    /// <param name="extensionSchema">A schema to install pgvector into, which is on nobody's search path; null: it is not installed.</param>
    /// <returns>The database's name.</returns>
    public string CreateDatabase(string? extensionSchema)
    {
        EnsureStarted();
        if (extensionSchema is not null)
        {
            using var connection = Open("postgres", Administrator);
            using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')", connection);
            Assert.SkipUnless((bool)command.ExecuteScalar()!, "PostgreSQL's extension pgvector is not installed.");
        }

        var name = $"vectors {++_names}";
        Execute("postgres", Administrator, $"CREATE DATABASE \"{name}\" OWNER {User}");
        if (extensionSchema is not null)
        {
            Execute(
                name, Administrator,
                $"CREATE SCHEMA {extensionSchema}; CREATE EXTENSION vector SCHEMA {extensionSchema}; GRANT USAGE ON SCHEMA {extensionSchema} TO PUBLIC");
        }

        return name;
    }

    /// <summary>Makes a schema in a database that tests share, for one of them alone.</summary>
    /// <inheritdoc cref="CreateDatabase" path="/param"/>
    public (string Database, string Schema) CreateSchema(string? extensionSchema)
    {
        if (!_shared.TryGetValue(extensionSchema ?? "", out var database))
        {
            _shared[extensionSchema ?? ""] = database = CreateDatabase(extensionSchema);
        }

        var schema = $"test_{++_names}";
        Execute(database, User, $"CREATE SCHEMA {schema}");
        return (database, schema);
    }

    /// <summary>Opens a connection.</summary>
    public NpgsqlConnection Open(string database, string user = User, string? schema = null)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = database,
            Username = user,
            Password = Password,
            Pooling = false,
            SearchPath = schema,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Runs a statement.</summary>
    public void Execute(string database, string user, string sql, string? schema = null)
    {
        using var connection = Open(database, user, schema);
        foreach (var statement in sql.Split("; "))
        {
            using var command = new NpgsqlCommand(statement, connection);
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        if (_programs is not null)
        {
            Run(Path.Combine(_programs, "pg_ctl"), "stop", "--pgdata", Data, "--mode", "immediate", "--wait");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private void StartServer(string programs)
    {
        var passwords = Path.Combine(_folder, "password");
        File.WriteAllText(passwords, Password);
        if (Environment.IsPrivilegedProcess)
        {
            Start("chown", "-R", "nobody", _folder);
        }

        Run(
            Path.Combine(programs, "initdb"), "--pgdata", Data, "--username", Administrator, "--pwfile", passwords, "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync");
        Port = S3Server.FreePort();

        // What a killed client leaves behind is tested here, not what a machine without power does.
        Run(
            Path.Combine(programs, "pg_ctl"), "start", "--wait", "--pgdata", Data, "--log", Path.Combine(_folder, "log"), "--options",
            $"-p {Port} -k {_folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60");
        Execute("postgres", Administrator, $"CREATE ROLE {User} LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    /// <summary>Runs a program as somebody whom PostgreSQL lets run it: it refuses to be run by root.</summary>
    private static void Run(string program, params string[] arguments)
    {
        if (Environment.IsPrivilegedProcess)
        {
            Start("setpriv", ["--reuid", "nobody", "--clear-groups", program, .. arguments]);
        }
        else
        {
            Start(program, arguments);
        }
    }

    private static void Start(string program, params string[] arguments)
    {
        // Its output goes nowhere: the server would hold a pipe open for as long as it runs.
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program, .. arguments]))
            ?? throw new Win32Exception();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{Path.GetFileName(program)} ended with exit code {process.ExitCode}.");
    }
}
