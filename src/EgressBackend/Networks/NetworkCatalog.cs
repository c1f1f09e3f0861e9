using Egress.Models;

namespace Egress.Backend.Networks;

/// <summary>The networks of <see cref="BuiltInModels"/>, put together from their parts.</summary>
internal static class NetworkCatalog
{
    private const string Backbone = "backbone";
    private const string Head = "classifier";

    /// <summary>Builds a network, its parameters yet to be loaded.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelUnknown"/>.</exception>
    public static SegmentationNetwork Create(string model, int classes) => new(Scores(model, classes), classes);

    private static Layer Scores(string model, int classes) => model switch
    {
        BuiltInModels.DeepLabV3ResNet50 => new BackboneAndHead(ResNet50(), new DeepLabHead(Head, ResNet.Channels, classes)),
        BuiltInModels.DeepLabV3ResNet101 => new BackboneAndHead(ResNet101(), new DeepLabHead(Head, ResNet.Channels, classes)),
        BuiltInModels.DeepLabV3MobileNetV3Large =>
            new BackboneAndHead(new MobileNetV3(Backbone), new DeepLabHead(Head, MobileNetV3.Channels, classes)),
        BuiltInModels.FcnResNet50 => new BackboneAndHead(ResNet50(), new FullyConvolutionalHead(Head, ResNet.Channels, classes)),
        BuiltInModels.FcnResNet101 => new BackboneAndHead(ResNet101(), new FullyConvolutionalHead(Head, ResNet.Channels, classes)),
        BuiltInModels.LrasppMobileNetV3Large => new LiteScores(Backbone, Head, classes),
        BuiltInModels.Pointwise =>
            new BackboneAndHead(new ColourFeatures(Backbone), Convolution.Plain($"{Head}.conv", new(ColourFeatures.Channels, classes))),
        _ => throw new EgressException(
            EgressErrorId.ModelUnknown,
            EgressErrorCategory.ObjectNotFound,
            $"No model is called '{model}'.",
            $"Use one of {string.Join(", ", BuiltInModels.Names)}, or the path of a TorchScript (.pt) or compiled (.pt2) file.",
            model),
    };

    private static ResNet ResNet50() => new(Backbone, 3, 4, 6, 3);

    private static ResNet ResNet101() => new(Backbone, 3, 4, 23, 3);
}
