using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Takes sequences through a session as the pipeline does it: host memory, extent, copy, run, copy.</summary>
internal static class SessionRun
{
    /// <summary>What remains of room behind a sequence's tokens: no id of any model.</summary>
    public const int Garbage = int.MaxValue - 7;

    /// <summary>The output of each sequence.</summary>
    /// <param name="session">The session.</param>
    /// <param name="device">Its device.</param>
    /// <param name="sequences">Token ids.</param>
    /// <param name="measure">Whether the extent is measured; otherwise all room is computed.</param>
    public static List<byte[]> Run(IEmbeddingSession session, IDevice device, IReadOnlyList<int[]> sequences, bool measure = true)
    {
        var room = (int)session.Input.Shape[0];
        using var host = device.AllocateHost(
            sequences.Count * Math.Max(session.Input.Bytes, session.Output.Bytes), device.Kind == DeviceKind.Cuda ? HostMemoryKind.Pinned : HostMemoryKind.Pageable);
        using var input = session.CreateInput(sequences.Count);
        var numbers = MemoryMarshal.Cast<byte, int>(host.Span(0, (int)(sequences.Count * session.Input.Bytes)));
        numbers.Fill(Garbage);
        for (var slot = 0; slot < sequences.Count; slot++)
        {
            numbers[slot * room] = sequences[slot].Length;
            sequences[slot].CopyTo(numbers[((slot * room) + 1)..]);
        }

        var extent = measure ? session.MeasureExtent(host, sequences.Count) : 0;
        device.IngressStream.CopyToDevice(input, host, sequences.Count * session.Input.Bytes);
        using (var arrived = device.IngressStream.Record())
        {
            device.ComputeStream.Wait(arrived);
        }

        using var output = session.Run(input, sequences.Count, extent);
        var bytes = session.OutputBytes(extent);
        Assert.Equal(sequences.Count * bytes, output.Bytes);
        using (var computed = device.ComputeStream.Record())
        {
            device.EgressStream.Wait(computed);
        }

        device.EgressStream.CopyToHost(host, output, output.Bytes);
        device.EgressStream.Synchronize();
        return [.. Enumerable.Range(0, sequences.Count).Select(slot => host.Span(slot * bytes, (int)bytes).ToArray())];
    }

    /// <summary>Single-precision numbers out of an output.</summary>
    public static float[] Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
