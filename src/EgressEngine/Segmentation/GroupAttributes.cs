using System.Text.Json.Nodes;

namespace Egress.Segmentation;

/// <summary>What a run says of itself in the attributes of its Zarr group.</summary>
internal static class GroupAttributes
{
    public static JsonObject Of(SegmentationOptions options)
    {
        var attributes = new JsonObject
        {
            ["model"] = options.Model.Model,
            ["output_kind"] = options.Model.OutputKind.ToString(),
            ["class_count"] = options.Model.ClassCount,
            ["image_size"] = options.Model.ImageSize,
        };
        if (options.ClassNames is { } names)
        {
            attributes["class_names"] = new JsonArray([.. names.Select(name => (JsonNode)name)]);
        }

        return attributes;
    }
}
