namespace Egress.Models;

/// <summary>The networks that this project builds itself, by the names that torchvision gives them where it has them.</summary>
public static class BuiltInModels
{
    /// <summary>DeepLabV3 on a dilated ResNet-50 (output stride 8, ASPP rates 12, 24 and 36).</summary>
    public const string DeepLabV3ResNet50 = "deeplabv3_resnet50";

    /// <summary>DeepLabV3 on a dilated ResNet-101.</summary>
    public const string DeepLabV3ResNet101 = "deeplabv3_resnet101";

    /// <summary>DeepLabV3 on a dilated MobileNetV3-Large (output stride 16).</summary>
    public const string DeepLabV3MobileNetV3Large = "deeplabv3_mobilenet_v3_large";

    /// <summary>A fully convolutional network on a dilated ResNet-50 (output stride 8).</summary>
    public const string FcnResNet50 = "fcn_resnet50";

    /// <summary>A fully convolutional network on a dilated ResNet-101.</summary>
    public const string FcnResNet101 = "fcn_resnet101";

    /// <summary>Lite R-ASPP on a dilated MobileNetV3-Large: the smallest of them, and the fastest on a CPU.</summary>
    public const string LrasppMobileNetV3Large = "lraspp_mobilenet_v3_large";

    /// <summary>
    /// A perceptron that tells each pixel's class from its colour alone: hardly any computation and an output of full size, to
    /// measure everything but the model. It has no counterpart in torchvision.
    /// </summary>
    public const string Pointwise = "pointwise";

    /// <summary>The model that runs where none is named.</summary>
    public const string Default = DeepLabV3ResNet50;

    /// <summary>All names, in the order in which they are offered.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        DeepLabV3ResNet50, DeepLabV3ResNet101, DeepLabV3MobileNetV3Large, FcnResNet50, FcnResNet101, LrasppMobileNetV3Large, Pointwise,
    ];
}
