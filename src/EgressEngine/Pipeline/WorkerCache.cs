using System.Buffers;

namespace Egress.Pipeline;

/// <summary>What a worker does with an output that is not stored.</summary>
internal static class WorkerCache
{
    private const int ScratchBytes = 1 << 20;

    /// <summary>Brings every byte into the worker's hands, as any real processing would.</summary>
    public static void ReadAll(ReadOnlySpan<byte> output)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        while (!output.IsEmpty)
        {
            var part = output[..Math.Min(output.Length, ScratchBytes)];
            part.CopyTo(scratch);
            output = output[part.Length..];
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }
}
