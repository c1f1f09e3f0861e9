using System.Text;

namespace Egress.Output.Stores;

/// <summary>The names of outputs: relative, parted by <c>/</c>, and never outside the destination or in its bookkeeping.</summary>
public static class OutputName
{
    /// <summary>Bytes of UTF-8 that one part of a name may have: the limit of Linux file systems.</summary>
    private const int MaxPartBytes = 255;

    /// <summary>Throws where a name is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="target">The input that it is for.</param>
    /// <exception cref="ItemException"><see cref="EgressErrorId.OutputNameInvalid"/>.</exception>
    public static void Validate(string name, object target)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Problem(name) is { } problem)
        {
            throw new ItemException(
                EgressErrorId.OutputNameInvalid,
                EgressErrorCategory.InvalidArgument,
                $"The output of '{target}' cannot be named '{name}': {problem}.",
                "Rename the input, or a copy of it, and run again.",
                target);
        }
    }

    private static string? Problem(string name)
    {
        var parts = name.Split('/');
        foreach (var part in parts)
        {
            switch (part)
            {
                case "":
                    return "a part of it is empty";
                case "." or "..":
                    return "it would leave the destination";
                case var _ when part.Contains('\0', StringComparison.Ordinal):
                    return "it has a zero character";
                case var _ when Encoding.UTF8.GetByteCount(part) > MaxPartBytes:
                    return $"file systems take no more than {MaxPartBytes} bytes";
            }
        }

        return parts[0].Equals(IOutputStore.Bookkeeping, StringComparison.OrdinalIgnoreCase)
            ? $"'{IOutputStore.Bookkeeping}' holds the destination's journal"
            : null;
    }
}
