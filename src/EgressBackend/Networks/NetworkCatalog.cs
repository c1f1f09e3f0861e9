using Egress.Models;

namespace Egress.Backend.Networks;

/// <summary>The networks of <see cref="BuiltInModels"/>, put together from their parts.</summary>
internal static class NetworkCatalog
{
    private const string Backbone = "backbone";
    private const string Head = "classifier";

    /// <summary>Builds a network, its parameters yet to be loaded.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelUnknown"/>.</exception>
    public static SegmentationNetwork Create(string model, int classes) => model switch
    {
        BuiltInModels.DeepLabV3ResNet50 =>
            new SegmentationNetwork(new ResNet(Backbone, 3, 4, 6, 3), new DeepLabHead(Head, ResNet.Channels, classes)),
        BuiltInModels.Pointwise =>
            new SegmentationNetwork(new ColourFeatures(Backbone), Convolution.Plain($"{Head}.conv", new(ColourFeatures.Channels, classes))),
        _ => throw new EgressException(
            EgressErrorId.ModelUnknown,
            EgressErrorCategory.ObjectNotFound,
            $"No model is called '{model}'.",
            $"Use one of {string.Join(", ", BuiltInModels.Names)}.",
            model),
    };
}
