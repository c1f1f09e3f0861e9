using Egress.Devices;

namespace Egress.Cmdlets.Support;

/// <summary>What a run takes where nothing is said.</summary>
internal static class BatchDefaults
{
    /// <summary>
    /// The batch size where none is given. A CPU computes a batch no faster than its pictures one after the other, and one at a
    /// time its results come sooner; a GPU needs several to be busy.
    /// </summary>
    public static int BatchSize(DeviceKind kind) => kind == DeviceKind.Cpu ? 1 : 16;

    /// <summary>
    /// The same for sequences, of which one is far less work than a picture: on a CPU enough for a transaction to be worth it, on a GPU
    /// enough for its matrices to be large.
    /// </summary>
    public static int SequenceBatchSize(DeviceKind kind) => kind == DeviceKind.Cpu ? 16 : 64;
}
