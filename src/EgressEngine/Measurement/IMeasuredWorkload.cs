using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>What measuring needs of a workload: its items and what is done with them, on devices that hold its model.</summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
internal interface IMeasuredWorkload<TItem, TResult>
{
    /// <summary>How runs are spread over threads and buffers.</summary>
    PipelineOptions Pipeline { get; }

    /// <summary>The devices with the model on each.</summary>
    IReadOnlyList<PipelineLane> Lanes { get; }

    /// <summary>Bytes of an output that is reduced to labels on the device over those of the output now; 1 where that cannot be or changes nothing.</summary>
    double LabelShare { get; }

    /// <summary>Makes the n-th item, which may be one of the first over again.</summary>
    TItem CreateItem(long index);

    /// <summary>Makes what loads items.</summary>
    IItemLoader<TItem> CreateLoader();

    /// <summary>Makes what processes outputs; nothing is stored.</summary>
    IOutputProcessor<TItem, TResult> CreateProcessor();
}
