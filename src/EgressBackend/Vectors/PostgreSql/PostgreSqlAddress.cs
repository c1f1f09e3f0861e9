using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Egress.Vectors;
using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// How a server is reached: from <c>postgresql://user@host:port/database?sslmode=require</c>, from Npgsql's
/// <c>Host=…;Database=…</c> or from libpq's <c>host=… dbname=…</c>. What it leaves out comes from the variables that libpq knows (PGHOST,
/// PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSSLMODE, …), user and password first of all from the credential. No text that is
/// made here repeats any of what was given, since an address that cannot be read may have its password anywhere.
/// </summary>
internal sealed partial class PostgreSqlAddress
{
    private const string SocketFolder = "/var/run/postgresql";

    /// <summary>A batch takes seconds; what takes longer than this hangs.</summary>
    private const int CommandSeconds = 600;

    private static readonly Dictionary<string, string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hostaddr"] = "Host",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["sslmode"] = "SSL Mode",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslrootcert"] = "Root Certificate",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    private PostgreSqlAddress(NpgsqlConnectionStringBuilder settings) => Settings = settings;

    /// <summary>The settings of connections; they hold the password.</summary>
    public NpgsqlConnectionStringBuilder Settings { get; }

    /// <summary>The server and database, without credentials.</summary>
    public string Location => Settings.Host!.StartsWith('/')
        ? string.Create(CultureInfo.InvariantCulture, $"postgresql:///{Settings.Database}?host={Settings.Host}&port={Settings.Port}")
        : string.Create(CultureInfo.InvariantCulture, $"postgresql://{Settings.Host}{(HasPorts ? "" : $":{Settings.Port}")}/{Settings.Database}");

    private bool HasPorts => Settings.Host!.Contains(',', StringComparison.Ordinal);

    /// <summary>Reads a destination.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>: address or environment cannot be read.</exception>
    public static PostgreSqlAddress Read(VectorDestination destination)
    {
        try
        {
            var settings = ReadText(destination.Address);
            settings.Username = destination.User ?? settings.Username;
            settings.Password = destination.Password ?? settings.Password;
            AddEnvironment(settings);
            return new PostgreSqlAddress(settings);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException or KeyNotFoundException or InvalidCastException)
        {
            // Without the exception itself: it may repeat a part of the address.
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                "The address of the PostgreSQL server, or a PG… variable of the environment, cannot be read.",
                "Use postgresql://host:port/database or 'Host=…;Database=…'. In the former, characters like @ : / ? # of user and password are written as "
                + "%40 %3A %2F %3F %23; -Credential takes them as they are.");
        }
    }

    private static NpgsqlConnectionStringBuilder ReadText(string text)
    {
        if (Scheme().Match(text) is { Success: true } scheme)
        {
            return ReadUri(text[scheme.Length..]);
        }

        return Libpq().Match(text) is { Success: true } pairs ? ReadPairs(pairs) : new NpgsqlConnectionStringBuilder(text);
    }

    private static NpgsqlConnectionStringBuilder ReadUri(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        var (rest, query) = Cut(text, text.IndexOf('?', StringComparison.Ordinal));
        var (authority, database) = Cut(rest, rest.IndexOf('/', StringComparison.Ordinal));

        // A password with a / or ? of its own would end here, and would be shown as the database.
        if (query.Contains('@', StringComparison.Ordinal) || database.Contains('@', StringComparison.Ordinal))
        {
            throw new FormatException();
        }

        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var (user, password) = Cut(authority[..at], authority.IndexOf(':', StringComparison.Ordinal) is var colon && colon < at ? colon : -1);
            Set(settings, "user", Uri.UnescapeDataString(user));
            Set(settings, "password", Uri.UnescapeDataString(password));
        }

        ReadHosts(settings, authority[(at + 1)..]);
        Set(settings, "dbname", Uri.UnescapeDataString(database));
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(pair, pair.IndexOf('=', StringComparison.Ordinal));
            Set(settings, Uri.UnescapeDataString(name), Uri.UnescapeDataString(value));
        }

        return settings;
    }

    private static void ReadHosts(NpgsqlConnectionStringBuilder settings, string text)
    {
        if (text.Contains(',', StringComparison.Ordinal))
        {
            settings.Host = Uri.UnescapeDataString(text);
            return;
        }

        // The colons of an address of version 6 are in brackets.
        var colon = text.LastIndexOf(':');
        var (host, port) = Cut(text, colon > text.LastIndexOf(']') ? colon : -1);
        Set(settings, "Host", Uri.UnescapeDataString(host).Trim('[', ']'));
        Set(settings, "Port", port);
    }

    private static NpgsqlConnectionStringBuilder ReadPairs(Match pairs)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        var (names, values) = (pairs.Groups["name"].Captures, pairs.Groups["value"].Captures);
        for (var i = 0; i < names.Count; i++)
        {
            var value = values[i].Value;
            Set(settings, names[i].Value, Escape().Replace(value.StartsWith('\'') ? value[1..^1] : value, "$1"));
        }

        return settings;
    }

    private static void AddEnvironment(NpgsqlConnectionStringBuilder settings)
    {
        // Npgsql's builder has a value for every name; one that knows no defaults tells which were given.
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };

        // The others of libpq's variables Npgsql reads itself.
        foreach (var (variable, name) in new[] { ("PGHOST", "Host"), ("PGPORT", "Port"), ("PGDATABASE", "Database"), ("PGSSLMODE", "SSL Mode"), ("PGCONNECT_TIMEOUT", "Timeout") })
        {
            if (!given.ContainsKey(name) && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                Set(settings, name, value);
            }
        }

        settings.Host ??= Directory.Exists(SocketFolder) ? SocketFolder : "localhost";
        settings.Database ??= settings.Username ?? Environment.GetEnvironmentVariable("PGUSER") ?? Environment.UserName;
        foreach (var (name, value) in new (string, object)[] { ("Application Name", "Egress"), ("Command Timeout", CommandSeconds), ("TCP Keepalive", true) })
        {
            if (!given.ContainsKey(name))
            {
                settings[name] = value;
            }
        }
    }

    private static void Set(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        if (value.Length > 0)
        {
            name = s_names.GetValueOrDefault(name, name);
            settings[name] = name == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
    }

    private static (string Before, string After) Cut(string text, int place) => place < 0 ? (text, "") : (text[..place], text[(place + 1)..]);

    [GeneratedRegex("^postgres(ql)?://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();

    /// <summary>Two pairs or more with spaces between them; one alone means the same to Npgsql.</summary>
    [GeneratedRegex(@"^\s*(?<name>\w+)\s*=\s*(?<value>'(\\.|[^'\\])*'|[^\s;']+)(\s+(?<name>\w+)\s*=\s*(?<value>'(\\.|[^'\\])*'|[^\s;']+))+\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Libpq();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
