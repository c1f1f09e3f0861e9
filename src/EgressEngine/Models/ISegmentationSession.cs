namespace Egress.Models;

/// <summary>A segmentation model on a device.</summary>
public interface ISegmentationSession : IInferenceSession
{
    /// <summary>The model as it was asked for, with what it decides itself filled in: a program's number of classes.</summary>
    SegmentationModelOptions Model { get; }
}
