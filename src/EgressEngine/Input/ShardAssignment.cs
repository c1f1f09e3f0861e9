using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Input;

/// <summary>
/// Which of the inputs are a run's, where several runs, on several machines, divide them. A picture or sequence belongs to the shard that a
/// hash of its key names; the key is the name that its output takes in the destination, without extension. So the division depends
/// neither on the order in which files are listed nor on where a machine has mounted them, and an input that is added moves no
/// other. Of n inputs each of k shards gets n/k, give or take about √(n/k): of a million, 16 shards get 62,500 ± 0.4 % each.
/// </summary>
public sealed record ShardAssignment
{
    private ShardAssignment(int index, int count, string source)
    {
        Index = index;
        Count = count;
        Source = source;
    }

    /// <summary>All inputs: the work is not divided.</summary>
    public static ShardAssignment Whole { get; } = new(0, 1, "none");

    /// <summary>Which shard, from 0.</summary>
    public int Index { get; }

    /// <summary>Of how many.</summary>
    public int Count { get; }

    /// <summary>What says so: parameters, or the scheduler's environment.</summary>
    public string Source { get; }

    /// <summary>Whether all inputs are this run's.</summary>
    public bool IsWhole => Count == 1;

    /// <summary>Its share of a destination, by name: <c>3-of-8</c>; empty for all of it.</summary>
    public string Scope => IsWhole ? "" : string.Create(CultureInfo.InvariantCulture, $"{Index}-of-{Count}");

    /// <summary>Makes an assignment.</summary>
    /// <param name="index">Which shard, from 0.</param>
    /// <param name="count">Of how many.</param>
    /// <param name="source">What says so, for messages.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ShardInvalid"/>.</exception>
    public static ShardAssignment Of(int index, int count, string source)
    {
        if (count < 1 || index < 0 || index >= count)
        {
            throw new EgressException(
                EgressErrorId.ShardInvalid,
                EgressErrorCategory.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"There is no shard {index} of {count} (from {source})."),
                "Shards are counted from 0: -ShardIndex is less than -ShardCount. -ShardCount 1 does not divide the work.",
                index);
        }

        return new ShardAssignment(index, count, source);
    }

    /// <summary>Whether an input is this run's.</summary>
    /// <param name="key">The name that its output takes in the destination, without extension.</param>
    public bool Owns(string key) => IsWhole || ShardOf(key, Count) == Index;

    /// <summary>
    /// The shard of an input: the first 8 bytes of the key's SHA-256, as a big-endian number, modulo the count. Other programs can
    /// compute it too.
    /// </summary>
    /// <param name="key">The name that its output takes in the destination, without extension.</param>
    /// <param name="count">Into how many shards.</param>
    public static int ShardOf(string key, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)count);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"shard {Index} of {Count}");
}
