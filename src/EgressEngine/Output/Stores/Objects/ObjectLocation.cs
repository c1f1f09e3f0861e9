namespace Egress.Output.Stores.Objects;

/// <summary>A bucket and the beginning of the keys in it, as users write it: <c>s3://bucket/prefix</c>.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">What all keys begin with: empty, or it ends with a slash.</param>
public sealed record ObjectLocation(string Bucket, string Prefix)
{
    /// <summary>The scheme, with what follows it.</summary>
    public const string Scheme = "s3://";

    /// <summary>Whether a destination is one of these.</summary>
    public static bool IsOne(string destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return destination.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationInvalid"/>. The message does not repeat what was written:
    /// it may hold credentials.</exception>
    public static ObjectLocation Parse(string destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var parts = destination[Scheme.Length..].Split('/');
        if (!IsBucket(parts[0]))
        {
            throw Invalid("The name of its bucket is missing or none: 3 to 63 small letters, digits, dots and hyphens.");
        }

        if (parts.Any(part => part is "." or "..") || destination.Any(char.IsControl))
        {
            throw Invalid("Its prefix has a part that is a dot or two, or a control character.");
        }

        return new ObjectLocation(parts[0], string.Concat(parts.Skip(1).Where(part => part.Length > 0).Select(part => part + "/")));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/');

    private static bool IsBucket(string name) =>
        name.Length is >= 3 and <= 63 && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-');

    private static EgressException Invalid(string problem) => new(
        EgressErrorId.DestinationInvalid,
        EgressErrorCategory.InvalidArgument,
        $"The destination is no place in an object store. {problem}",
        "Write -Destination s3://bucket/prefix. Keys and endpoints belong in the SDK's own variables and files, never in the address.",
        Scheme);
}
