from trytond.pool import Pool

from . import item


def register():
    models = [item.Item, item.Line, item.Tag, item.ItemTag]
    Pool.register(*models, module='datastores_sample', type_='model')
