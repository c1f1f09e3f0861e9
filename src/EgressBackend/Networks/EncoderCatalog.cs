using Egress.Models;

namespace Egress.Backend.Networks;

/// <summary>The encoders of <see cref="BuiltInEncoders"/>: the sizes that BERT was published in.</summary>
internal static class EncoderCatalog
{
    private const int Pieces = 30_522;
    private const int WidthOfHead = 64;

    /// <summary>The shape of an encoder.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelUnknown"/>.</exception>
    public static BertShape Shape(string model) => model switch
    {
        BuiltInEncoders.BertBase => Of(layers: 12, width: 768),
        BuiltInEncoders.BertMini => Of(layers: 4, width: 256),
        BuiltInEncoders.BertTiny => Of(layers: 2, width: 128),
        _ => throw new EgressException(
            EgressErrorId.ModelUnknown,
            EgressErrorCategory.ObjectNotFound,
            $"No encoder is called '{model}'.",
            $"Use one of {string.Join(", ", BuiltInEncoders.Names)}, a folder with config.json and model.safetensors, or the path of a "
            + "TorchScript (.pt) or compiled (.pt2) file.",
            model),
    };

    private static BertShape Of(int layers, int width) => new()
    {
        Vocabulary = Pieces,
        Width = width,
        Layers = layers,
        Heads = width / WidthOfHead,
        InnerWidth = 4 * width,
    };
}
