"""Models with a field of every kind, and with every way to say no."""
from trytond.exceptions import UserError, UserWarning
from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool


class Item(DeactivableMixin, ModelSQL, ModelView):
    "Item"
    __name__ = 'sample.item'

    name = fields.Char("Name", size=20)
    quantity = fields.Integer("Quantity")
    reference = fields.Char("Reference")
    price = fields.Numeric("Unit Price", digits=(22, 6))
    weight = fields.Float("Weight")
    released = fields.Date("Released")
    seen = fields.Timestamp("Seen")
    opens = fields.Time("Opens")
    lasts = fields.TimeDelta("Lasts")
    picture = fields.Binary("Picture")
    state = fields.Selection(
        [(None, ""), ('draft', "Draft"), ('done', "Done")], "State")
    marks = fields.MultiSelection([('a', "A"), ('b', "B")], "Marks")
    parent = fields.Many2One('sample.item', "Parent")
    lines = fields.One2Many('sample.line', 'item', "Lines")
    tags = fields.Many2Many('sample.item-sample.tag', 'item', 'tag', "Tags")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append((
                'reference_unique', Unique(table, table.reference),
                'datastores_sample.msg_reference_unique'))

    @classmethod
    def validate(cls, records):
        super().validate(records)
        warning = Pool().get('res.user.warning')
        for record in records:
            if record.name == 'forbidden':
                raise UserError("No item may be called so.", "Ask for leave.")
            if record.name == 'doubtful':
                key = 'doubtful_%s' % record.id
                if warning.check(key):
                    raise UserWarning(key, "That name is doubtful.")


class Line(ModelSQL, ModelView):
    "Line"
    __name__ = 'sample.line'

    item = fields.Many2One('sample.item', "Item", ondelete='CASCADE')
    text = fields.Char("Text")
    amount = fields.Numeric("Amount", digits=(16, 2))


class Tag(ModelSQL, ModelView):
    "Tag"
    __name__ = 'sample.tag'

    name = fields.Char("Name")


class ItemTag(ModelSQL):
    "Item - Tag"
    __name__ = 'sample.item-sample.tag'

    item = fields.Many2One('sample.item', "Item", ondelete='CASCADE')
    tag = fields.Many2One('sample.tag', "Tag", ondelete='CASCADE')
