using System.Buffers.Text;

namespace Egress.Runtime.Nvtx;

/// <summary>
/// A range on the calling thread, from its beginning until it is disposed. Without NVTX it is nothing: one field is read and found
/// empty.
/// </summary>
internal readonly ref struct NvtxRange
{
    private readonly NvtxApi? _api;

    private NvtxRange(NvtxApi api) => _api = api;

    /// <summary>Begins a range.</summary>
    /// <param name="label">Its name and colour.</param>
    /// <param name="batch">The batch that it is about, or -1.</param>
    public static unsafe NvtxRange Begin(NvtxLabel label, long batch = -1)
    {
        if (NvtxLibrary.Current is not { } api)
        {
            return default;
        }

        api.Push(label.Name, label.Color, batch);
        return new NvtxRange(api);
    }

    /// <summary>Begins the range of a whole batch, whose name tells its number.</summary>
    public static unsafe NvtxRange BeginBatch(long batch)
    {
        if (NvtxLibrary.Current is not { } api)
        {
            return default;
        }

        var name = stackalloc byte[32];
        var text = new Span<byte>(name, 32);
        "Batch "u8.CopyTo(text);
        Utf8Formatter.TryFormat(batch, text[6..31], out var digits);
        text[6 + digits] = 0;
        api.Push(name, NvtxLabel.Batch.Color, batch);
        return new NvtxRange(api);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _api?.Pop();
}
