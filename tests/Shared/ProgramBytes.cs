using System.Runtime.InteropServices;
using System.Text;

namespace Egress.Tests;

/// <summary>Small programs in files, as <c>torch.jit.save</c> and AOTInductor write them.</summary>
internal static class ProgramBytes
{
    private static readonly byte[] s_nothing = [0x80, 2, (byte)')', (byte)'.'];

    /// <summary>A TorchScript program with 32-bit tensors as parameters.</summary>
    /// <param name="forward">Its parameters, result and body: what follows <c>def forward(self: __torch__.Net</c>.</param>
    /// <param name="parameters">Name, shape and values of each parameter.</param>
    public static byte[] Script(string forward, params (string Name, long[] Shape, float[] Values)[] parameters)
    {
        var names = string.Join(", ", parameters.Select(parameter => $"\"{parameter.Name}\""));
        var source = new StringBuilder($"class Net(Module):\n  __parameters__ = [{names}]\n  __buffers__ = []\n  training : bool\n");
        foreach (var (name, _, _) in parameters)
        {
            source.Append($"  {name} : Tensor\n");
        }

        source.Append($"  def forward(self: __torch__.Net{forward}\n");
        var data = new PickleBytes().Global("__torch__", "Net").Raw((byte)')', 0x81, (byte)'}').Items(items =>
        {
            items.Text("training").Raw(0x89);
            foreach (var (name, shape, _) in parameters)
            {
                items.Text(name).Tensor(name, shape);
            }
        }).Raw((byte)'b');
        return ZipBytes.Archive(
        [
            ("data.pkl", data.ToArray()),
            .. parameters.Select(parameter => ($"data/{parameter.Name}", MemoryMarshal.AsBytes(parameter.Values.AsSpan()).ToArray())),
            ("code/__torch__.py", Encoding.UTF8.GetBytes(source.ToString())),
            ("constants.pkl", s_nothing),
            ("version", "3\n"u8.ToArray()),
        ]);
    }

    /// <summary>A compiled package with something else in place of its native code: what can be known before that is loaded.</summary>
    /// <param name="device">The device that it is for.</param>
    /// <param name="source">Its C++ source.</param>
    public static byte[] Package(string device, string source) => ZipBytes.Archive(
        ("data/aotinductor/model/cx.wrapper_metadata.json", Encoding.UTF8.GetBytes($$"""{"AOTI_DEVICE_KEY": "{{device}}"}""")),
        ("data/aotinductor/model/cx.wrapper.so", "no library"u8.ToArray()),
        ("data/aotinductor/model/cx.wrapper.cpp", Encoding.UTF8.GetBytes(source)),
        ("archive_format", "pt2"u8.ToArray()));

    /// <summary>The checks of an input of fixed sizes, in the words of the generated source.</summary>
    public static string Checks(string type, long[] shape, long[] strides, int input = 0) =>
        $"""
         int32_t arg_expected_dtype = aoti_torch_dtype_x();
         if (arg_expected_dtype != arg_dtype) ss << "input_handles[{input}]: unmatched dtype, "
            << "expected: " << arg_expected_dtype << "(at::k{type}), "
            << "but got: " << arg_dtype << "\n";

         """
        + string.Concat(shape.Select((size, at) =>
            $"if ({size} != arg_size[{at}]) ss << \"input_handles[{input}]: unmatched dim value at {at}, \"\n   << \"expected: {size}, \" << \"but got: \" << arg_size[{at}]\n"))
        + string.Concat(strides.Select((stride, at) =>
            $"if ({stride} != arg_stride[{at}]) ss << \"input_handles[{input}]: unmatched stride value at {at}, \"\n   << \"expected: {stride}, \" << \"but got: \" << arg_stride[{at}]\n"));
}
