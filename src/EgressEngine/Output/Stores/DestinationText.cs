using System.Text.RegularExpressions;
using Egress.Output.Stores.Objects;

namespace Egress.Output.Stores;

/// <summary>
/// Tells what users write as a destination, before anything is made of it: a mistyped address of a server may hold a password, and taken for
/// a path it would be the name of a folder and part of every error.
/// </summary>
public static partial class DestinationText
{
    private const string HiddenText = "the destination";

    /// <summary>Whether a destination is a PostgreSQL server: an address, or settings in Npgsql's or libpq's form.</summary>
    public static bool IsServer(string destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return ServerScheme().IsMatch(destination) || ServerSetting().IsMatch(destination);
    }

    /// <summary>Throws where a destination is neither a path nor a place in an object store.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationInvalid"/>. It repeats nothing but a scheme.</exception>
    public static void RequirePath(string destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (ObjectLocation.IsOne(destination))
        {
            return;
        }

        if (IsServer(destination))
        {
            throw Invalid("It is the address of a server.", HiddenText);
        }

        if (Scheme().Match(destination) is { Success: true } scheme)
        {
            throw Invalid($"There are no destinations of the scheme {scheme.Value}.", scheme.Value);
        }

        if (UserInfo().IsMatch(destination))
        {
            throw Invalid("It has a user and a password in it, and no path has those.", HiddenText);
        }
    }

    private static EgressException Invalid(string problem, string target) => new(
        EgressErrorId.DestinationInvalid, EgressErrorCategory.InvalidArgument, $"The destination cannot be used. {problem}",
        "Name a folder or s3://bucket/prefix; vectors also go to postgresql://host:port/database. What may be a password is not repeated here.", target);

    [GeneratedRegex("^postgres(ql)?://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ServerScheme();

    /// <summary>Whatever Npgsql and libpq call host, database, user and password: any of them may stand first.</summary>
    [GeneratedRegex(
        @"(^|[;\s])(host(addr)?|server|dbname|database|db|user\s?(name|id)?|uid|passw(or)?d|psw|pwd)\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ServerSetting();

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();

    /// <summary>A user and a password before a host: behind a scheme that lacks a slash or two, or without any.</summary>
    [GeneratedRegex(@"^([a-z][a-z0-9+.-]*:/*[^/:@\s]+:.*@|[^/:@\s]+:[^/\\:].*@)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex UserInfo();
}
