export const odoo = 1; export type OdooOptions = 1;
