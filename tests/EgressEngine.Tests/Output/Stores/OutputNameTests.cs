using Egress.Output.Stores;

namespace Egress.Tests.Output.Stores;

public sealed class OutputNameTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("../a.png")]
    [InlineData("a/../../b.png")]
    [InlineData("a//b.png")]
    [InlineData("./a.png")]
    [InlineData("a/")]
    [InlineData("a\0b.png")]
    [InlineData(".egress/journal.jsonl")]
    [InlineData(".EGRESS/x")]
    [InlineData(".egress")]
    public void A_name_never_leads_out_of_the_destination_or_into_its_bookkeeping(string name)
    {
        var error = Assert.Throws<ItemException>(() => OutputName.Validate(name, "/in/a.jpg"));
        Assert.Equal((EgressErrorId.OutputNameInvalid, "/in/a.jpg"), (error.ErrorId, error.Target));
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("..png")]
    [InlineData("...png")]
    [InlineData(".png")]
    [InlineData("a.zarr/c/0/0/0")]
    [InlineData("odd [1] ä 日本 \n.png")]
    [InlineData(".egress.png")]
    public void Names_that_file_systems_take_are_taken(string name) => OutputName.Validate(name, name);

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_part_of_a_name_is_as_long_as_file_systems_allow(int bytes, bool isValid)
    {
        var letters = (bytes - ".png".Length) / 2;
        var name = "folder/" + new string('ä', letters) + new string('x', bytes - ".png".Length - (2 * letters)) + ".png";
        var length = System.Text.Encoding.UTF8.GetByteCount(name) - "folder/".Length;
        Assert.Equal(bytes, length);
        var error = Record.Exception(() => OutputName.Validate(name, name));
        Assert.Equal(isValid, error is null);
    }
}
