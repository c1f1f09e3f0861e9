namespace Egress.Models;

/// <summary>The networks that this project builds itself, by the names that torchvision gives them.</summary>
public static class BuiltInModels
{
    /// <summary>DeepLabV3 on a dilated ResNet-50 (output stride 8, ASPP rates 12, 24 and 36).</summary>
    public const string DeepLabV3ResNet50 = "deeplabv3_resnet50";

    /// <summary>The model that runs where none is named.</summary>
    public const string Default = DeepLabV3ResNet50;

    /// <summary>All names, in the order in which they are offered.</summary>
    public static IReadOnlyList<string> Names { get; } = [DeepLabV3ResNet50];
}
